"""The cities of the site, as admins of all cities open and change them."""
