"""Engine time as money: amounts, prices, quotes, what a run may spend and what was spent."""
