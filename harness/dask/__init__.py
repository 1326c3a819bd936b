"""The patterns on a Dask cluster."""
