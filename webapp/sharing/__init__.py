"""What a page tells and offers when something must not be shared as it is: texts and the hidden data of pictures."""
