/// What a file is by its beginning, where that is known: to be told to whoever gave it for another.
package enum FileKind {
    /// As many bytes as are looked at.
    package static let length = 512

    /// In words for a message, such as "a zip archive"; nil where nothing is known of such a beginning.
    ///
    /// - Parameter beginning: the first ``length`` bytes of the contents, all of them where there are fewer.
    package static func name(of beginning: [UInt8]) -> String? {
        archive(beginning) ?? signatures.first { beginning.starts(with: $0.bytes) }?.name ?? text(beginning)
    }

    /// Bytes that a format begins with and a table of text does not.
    private static let signatures: [(bytes: [UInt8], name: String)] = [
        ([0x1F, 0x8B], "gzip data"), ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "xz data"),
        ([0x28, 0xB5, 0x2F, 0xFD], "zstd data"),
        ([0x04, 0x22, 0x4D, 0x18], "a file compressed with lz4"), ([0x1F, 0x9D], "a file compressed with compress"),
        ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "a 7z archive"), (Array("Rar!\u{1A}\u{7}".utf8), "a RAR archive"),
        ([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A], "an HDF5 file"),
        ([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1], "an old Excel or Word document"),
        (NPYHeader.magic, "an NPY file"), (Array("ARROW1".utf8), "an Arrow file"),
        (Array("FEA1".utf8), "a Feather file"),
        (Array("Obj\u{1}".utf8), "an Avro file"), (Array("SQLite format 3\0".utf8), "an SQLite database"),
        (Array("MATLAB 5.0 MAT-file".utf8), "a MATLAB file"), (Array("%PDF-".utf8), "a PDF document"),
        ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], "a PNG image"), ([0xFF, 0xD8, 0xFF], "a JPEG image"),
        (Array("GIF8".utf8), "a GIF image"), ([0x7F, 0x45, 0x4C, 0x46], "a program"),
        (Array("version https://git-lfs.github.com/".utf8), "a pointer of Git LFS, not the file itself"),
    ]

    private static func archive(_ beginning: [UInt8]) -> String? {
        func has(_ word: String, at place: Int) -> Bool { beginning.dropFirst(place).starts(with: word.utf8) }
        if has("PK\u{3}\u{4}", at: 0) || has("PK\u{5}\u{6}", at: 0) || has("PK\u{7}\u{8}", at: 0) {
            // The name of the first entry stands at byte 30.
            if has("[Content_Types].xml", at: 30) || has("xl/", at: 30) || has("_rels/", at: 30) {
                return "an Excel or other Office document (a zip archive)"
            }
            let count = beginning.count > 27 ? Int(beginning[26]) | Int(beginning[27]) << 8 : 0
            let name = beginning.dropFirst(30).prefix(count)
            return name.suffix(4).elementsEqual(".npy".utf8) ? "a zip archive, as an NPZ file is" : "a zip archive"
        }
        // The magic number of a block, or of the end where there is none, follows the size.
        if has("BZh", at: 0), has("1AY&SY", at: 4) || beginning.dropFirst(4).starts(with: [0x17, 0x72, 0x45, 0x38]) {
            return "a file compressed with bzip2"
        }
        if has("ustar", at: 257) { return "a tar archive" }
        // Letters that could be a table's, were they not followed by a number of Thrift.
        if has("PAR1", at: 0), beginning.count > 4, beginning[4] == 0x15 { return "a Parquet file" }
        if has("ORC", at: 0), beginning.count > 3, beginning[3] < 0x20, ![9, 10, 13].contains(beginning[3]) {
            return "an ORC file"
        }
        if beginning.count > 2, beginning[0] == 0x80, (2...5).contains(beginning[1]) { return "a pickle of Python" }
        return nil
    }

    private static func text(_ beginning: [UInt8]) -> String? {
        if let encoding = wideEncoding(beginning) { return "text in \(encoding)" }
        let start = beginning.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        let visible = beginning.dropFirst(start).drop { $0 <= 0x20 }
        let word = visible.prefix(16).map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        if ["<!doctype html", "<html", "<head", "<body"].contains(where: { word.starts(with: $0.utf8) }) {
            return "a page of HTML"
        }
        return word.starts(with: "<?xml".utf8) ? "an XML document" : nil
    }

    /// UTF-16 or UTF-32 by its mark or, where there is none, by the zero bytes of its Latin letters.
    private static func wideEncoding(_ beginning: [UInt8]) -> String? {
        if beginning.starts(with: [0xFF, 0xFE, 0, 0]) || beginning.starts(with: [0, 0, 0xFE, 0xFF]) {
            return "UTF-32"
        }
        if beginning.starts(with: [0xFF, 0xFE]) || beginning.starts(with: [0xFE, 0xFF]) { return "UTF-16" }
        let pairs = beginning.count / 2
        guard pairs >= 2 else { return nil }
        let zeros = (0..<2).map { half in (0..<pairs).count { beginning[2 * $0 + half] == 0 } }
        let texts = (0..<2).map { half in
            (0..<pairs).count {
                (0x20...0x7E).contains(beginning[2 * $0 + half]) || [9, 10, 13].contains(beginning[2 * $0 + half])
            }
        }
        for half in 0..<2 where 2 * zeros[half] > pairs && zeros[1 - half] == 0 && 2 * texts[1 - half] > pairs {
            return half == 1 ? "UTF-16 (little-endian)" : "UTF-16 (big-endian)"
        }
        return nil
    }
}
