"""The soutien psychologique (domain: §5.3): in the bulle, without a public link to a sinistre."""
