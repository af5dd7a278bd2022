"""How good an order is: pure measures over judged questions, and the forms such questions come in."""
