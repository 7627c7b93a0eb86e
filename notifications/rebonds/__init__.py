"""What comes back: bounces and complaints, read (lecture), received by three doors (reception, prestataire), acted on (constats)."""
