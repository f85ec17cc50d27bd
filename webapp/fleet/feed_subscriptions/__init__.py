"""Feed subscriptions: operators' GBFS feeds that workers import again and again."""
