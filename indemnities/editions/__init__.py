"""What leaves on paper or for a spreadsheet: the bordereau as PDF/UA and as CSV. Pure: no database."""
