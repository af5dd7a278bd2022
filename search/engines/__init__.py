"""The engines that keep `search.engine.SearchEngine`; only the composition root chooses one."""
