"""What a word of imgfile's means, for whoever asks outside a dialogue: questions, rules, codes, sites, settings."""
