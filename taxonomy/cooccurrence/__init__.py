"""Which labels come together: counts over annotations, and the rules that can be learned from them."""
