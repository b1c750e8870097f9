CONVERTER = DataConverter.default  # as it comes: whoever reads the database reads the conversation
