/// An IDX file of unsigned bytes, as MNIST and its relatives are published.
///
/// Big-endian: two zero bytes, the type of the elements (0x08: unsigned byte), the number of dimensions, one 32-bit size a
/// dimension, the elements with the last dimension running fastest.
///
/// Source: Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits", section "File formats".
struct IDXFile {
    enum Content {
        case images
        case labels
    }

    let header: IDXHeader
    /// The elements, a byte each.
    let storage: ByteStorage

    var path: String { header.path }
    var dimensions: [Int] { header.dimensions }

    /// Reads and decompresses straight into the final block.
    init(_ input: ByteInput, expecting content: Content) throws(DatasetError) {
        let header = try IDXHeader(input, expecting: content)
        self.header = header
        storage = try header.read(0..<header.count, of: input)
        if content == .labels, dimensions.count == 2 {
            let bytes = storage.bytes
            let refusal = MatrixOfLabels(rows: dimensions[0], columns: dimensions[1]) { Double(bytes[$0]) }.refusal(
                header.path)
            if let refusal { throw refusal }
            try IDXHeader.checkRank(2, header.path, content)
        }
        try header.checkEnd(input)
    }

    static func shape(_ dimensions: [Int]) -> String {
        dimensions.map(String.init).joined(separator: " x ")
    }
}
