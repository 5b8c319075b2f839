"""Orchestration: asks the rooms' doors in order, and knows by heart what none of them does."""
