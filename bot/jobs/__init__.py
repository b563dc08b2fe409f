"""What happens without anybody asking: watches are looked after, and notices sent."""
