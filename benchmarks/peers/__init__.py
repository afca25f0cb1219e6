"""Other builds of the same three routes, to compare with: what a team would write without this product."""
