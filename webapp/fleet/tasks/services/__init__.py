"""What staff do with tasks: ``planning`` makes and assigns them, ``working`` does them."""
