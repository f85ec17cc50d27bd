"""Weekly digests by mail: who wants which, and the link that ends them. webapp/rides/digests sends
them."""
