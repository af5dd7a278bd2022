"""Training needs: the register, assessment rounds and their arithmetic, and what answers a need. May import core."""
