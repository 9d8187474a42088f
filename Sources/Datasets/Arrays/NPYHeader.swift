/// What an NPY file says of its elements: the dictionary of Python literals that they stand behind.
///
/// The file begins with the bytes `\x93NUMPY`, the version of the format (1.0, 2.0 or 3.0) and the length of the header,
/// little-endian in 16 bits (1.0) or 32. The header names `descr` (the type of the elements), `fortran_order` and
/// `shape`, in any order, and is filled up with spaces.
///
/// Source: R. Kern, "A simple file format for NumPy arrays" (NEP 1), and the documentation of `numpy.lib.format`.
struct NPYHeader: Equatable {
    var element: NPYElement
    /// Sizes of the dimensions, the last of them running fastest.
    var shape: [Int]

    static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
    /// As long as one of version 1.0 can be; NumPy itself takes no more than 10,000 bytes on trust.
    static let largestLength = 0xFFFF
}

extension NPYHeader {
    /// - Throws: what is wrong with the header, as an error of the file `path`.
    init(parsing text: [UInt8], path: String) throws(DatasetError) {
        func refused(_ expected: String, _ found: String, _ remedy: String) -> DatasetError {
            DatasetError(.wrongFormat, path, expected: expected, found: found, remedy: remedy)
        }
        let again = "write it again with numpy.save"
        guard let entries = PythonLiteral.dictionary(text) else {
            throw refused("a header that is a dictionary of Python literals", "other text", again)
        }
        guard Set(entries.keys) == ["descr", "fortran_order", "shape"] else {
            let names = entries.keys.sorted().prefix(8).map { $0.prefix(20).debugDescription }
            throw refused(
                "a header with descr, fortran_order and shape", names.isEmpty ? "none" : names.joined(separator: ", "),
                again)
        }
        guard case .string(let type) = entries["descr"], let element = NPYElement(type) else {
            var found = "records of several"
            var remedy = "convert the array with astype before it is saved"
            if case .string(let type) = entries["descr"] {
                found = type.prefix(20).debugDescription
                // Texts: of characters, or of bytes.
                if ["U", "S"].contains(type.dropFirst().first) {
                    found += ", texts"
                    remedy =
                        "save numbers; of labels that are texts names, labels = numpy.unique(a, return_inverse=True) gives data.classNames "
                        + "and the labels to save"
                }
            }
            throw refused("numbers of type i1, i2, i4, i8, u1, u2, u4, u8, f2, f4 or f8", found, remedy)
        }
        guard case .boolean(let isFortran) = entries["fortran_order"] else {
            throw refused("fortran_order True or False", "another value", again)
        }
        if isFortran {
            throw refused(
                "elements in C order, the last dimension running fastest", "Fortran order",
                "save numpy.ascontiguousarray of the array")
        }
        guard case .tuple(let shape) = entries["shape"] else {
            throw refused("a shape such as (60000, 28, 28)", "another value", again)
        }
        self.init(element: element, shape: shape)
    }
}

/// The type of the elements of an NPY file, as the array protocol of NumPy writes it: the order of the bytes, the kind,
/// the size.
struct NPYElement: Equatable, Codable, Sendable {
    enum Kind: String, Equatable, Codable, Sendable {
        case signed
        case unsigned
        case float
    }

    var kind: Kind
    /// Bytes of one element.
    var size: Int
    var isBigEndian: Bool

    /// Nil for a type that holds no single real number of at most 64 bits.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 3 else { return nil }
        let (sign, digit) = (Character(UnicodeScalar(bytes[1])), Character(UnicodeScalar(bytes[2])))
        switch sign {
        case "i" where "1248".contains(digit): kind = .signed
        case "u" where "1248".contains(digit): kind = .unsigned
        case "f" where "248".contains(digit): kind = .float
        default: return nil
        }
        size = Int(bytes[2] - UInt8(ascii: "0"))
        switch bytes[0] {
        case UInt8(ascii: "<"): isBigEndian = false
        case UInt8(ascii: ">"): isBigEndian = true
        // "Not applicable": of one byte.
        case UInt8(ascii: "|") where size == 1: isBigEndian = false
        default: return nil
        }
    }

    /// An unsigned byte, which the pixels of images are.
    var isByte: Bool { kind == .unsigned && size == 1 }
}
