"""The engine without a model: it draws the shot and speaks it with a synthesiser."""
