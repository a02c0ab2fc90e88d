"""What leaves the house as a page or a file: the sending guide, the client kit, lists of reasons, code samples."""
