"""What runs came to: statistics, tables, reports, published numbers."""
