"""What pictures are drawn with: colours, scales, marks, and the material that they show."""
