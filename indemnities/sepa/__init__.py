"""Money leaving the CDG: credit transfers as pain.001.001.09, what the bank answers as pain.002 and camt.053. Pure: no database."""
