/// Where the first rank writes predictions: a file, which has its name when it is whole, or the standard output.
final class PredictionOutput {
    private enum Place {
        case file(ReplacingFile)
        case standardOutput
    }

    private let place: Place
    private var text: PredictionText
    private let classCount: Int
    private let isArray: Bool
    private var count = 0
    private var hasBegun = false

    /// - Parameters:
    ///   - path: of the file; nil for the standard output.
    ///   - tellsFile: whether lines begin with the file that a sample is of.
    init(
        _ form: PredictionForm, to path: String?, classNames: [String], tellsFile: Bool, isOfValues: Bool = false
    ) throws(FileError) {
        if let path { place = .file(try ReplacingFile(path)) } else { place = .standardOutput }
        text = PredictionText(form, classNames: classNames, tellsFile: tellsFile, isOfValues: isOfValues)
        classCount = classNames.count
        isArray = form == .npy
    }

    /// - Parameter first: place in the file of the first sample, from 0.
    func write(_ predictions: Predictions, file: String, first: Int) throws {
        if !hasBegun {
            hasBegun = true
            if predictions.sampleNames != nil { text.tellsFile = true }
            if isArray { try write(NPYArrayHeader.bytes(shape: [0, classCount])) } else { try write(text.header) }
        }
        count += predictions.count
        guard isArray else { return try write(text.lines(of: predictions, file: file, first: first)) }
        try write(predictions.probabilities.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) })
    }

    /// Gives the file its name. To be called once, after the last prediction.
    func finish() throws {
        guard case .file(let file) = place else { return try StandardStream.output.finish() }
        if isArray { try file.file.overwrite(NPYArrayHeader.bytes(shape: [count, classCount]), at: 0) }
        try file.commit()
    }

    private func write(_ line: String) throws {
        switch place {
        case .file: try write(Array(line.utf8))
        case .standardOutput: try StandardStream.output.write(line)
        }
    }

    private func write(_ bytes: [UInt8]) throws {
        guard case .file(let file) = place else { preconditionFailure("an array is written to a file") }
        try file.file.write(bytes.span.bytes)
    }
}

/// The header of an NPY file of 32-bit floats (NEP 1), as long for every number of samples.
enum NPYArrayHeader {
    private static let byteCount = 128

    static func bytes(shape: [Int]) -> [UInt8] {
        let sizes = shape.map(String.init).joined(separator: ", ")
        let dictionary = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(sizes)), }"
        // What comes before the dictionary: the magic number, the version and the length of the rest.
        let textCount = byteCount - 10
        let padding = String(repeating: " ", count: textCount - dictionary.utf8.count - 1)
        return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(textCount), 0] + Array((dictionary + padding + "\n").utf8)
    }
}
