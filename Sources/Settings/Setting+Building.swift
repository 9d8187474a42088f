// Additions to a setting that is made.

extension Setting {
    /// Names that other programs have for it: whoever writes one is told the key.
    public func alsoKnownAs(_ words: String...) -> Self {
        var setting = self
        setting.aliases += words
        return setting
    }

    /// The same with another way of reading, which is given the first one.
    package func reading(
        _ read:
            @escaping @Sendable (
                SectionReader, inout Root, (SectionReader, inout Root) throws(ConfigurationError) -> Void
            ) throws(ConfigurationError) -> Void
    ) -> Self {
        var setting = self
        setting.read = { [own = self.read] reader, root throws(ConfigurationError) in try read(reader, &root, own) }
        return setting
    }
}
