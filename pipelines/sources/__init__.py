"""Where data comes from: hubs, GitHub, the archive, replay, and the transport under all of them."""
