import Foundation

/// The repository's files, as the documentation names them.
enum Repository {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    /// A catalogue for each product, as a path from the root; its landing page has the product's name.
    static let catalogues = [
        "Facade/Entrain", "LearningRate/LearningRate", "InformationTheory/InformationTheory", "MPI/MPI",
    ]
    .map { "Sources/\($0).docc" }

    /// README, CONTRIBUTING and the pages of the catalogues, as paths from the root.
    static func documents() throws -> [String] { try ["README.md", "CONTRIBUTING.md"] + catalogues.flatMap(pages) }

    /// The pages of a catalogue, as paths from the root.
    static func pages(of catalogue: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: root.appendingPathComponent(catalogue).path)
            .filter { $0.hasSuffix(".md") }.sorted().map { "\(catalogue)/\($0)" }
    }

    static func lines(of path: String) throws -> [String] {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8).components(separatedBy: "\n")
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appendingPathComponent(path).path)
    }
}

/// A page of Markdown as far as the tests look at it.
struct Document {
    let path: String
    /// Lines outside of fences, with their numbers.
    private(set) var prose: [(line: Int, text: String)] = []
    private(set) var fences: [Fence] = []

    struct Fence {
        let line: Int
        let language: String
        /// The file that the block is compiled in; nil where no comment names one.
        let compiledIn: String?
        var lines: [String] = []
    }

    init(_ path: String) throws {
        self.path = path
        var fence: Fence?
        var file: String?
        for (index, text) in try Repository.lines(of: path).enumerated() {
            if text.hasPrefix("```") {
                if let ended = fence {
                    fences.append(ended)
                    fence = nil
                } else {
                    fence = Fence(line: index + 1, language: String(text.dropFirst(3)), compiledIn: file)
                }
                file = nil
            } else if fence != nil {
                fence?.lines.append(text)
            } else {
                prose.append((index + 1, text))
                file = text.firstMatch(of: /^<!-- compiled: (.+) -->$/).map { String($0.1) }
            }
        }
    }

    /// The anchors that GitHub gives headings: lower case, without punctuation, spaces as hyphens.
    var anchors: Set<String> {
        Set(
            prose.filter { $0.text.hasPrefix("#") }.map { line in
                let heading = line.text.drop { $0 == "#" }.trimmingCharacters(in: .whitespaces).lowercased()
                return String(
                    heading.compactMap { $0 == " " ? "-" : $0.isLetter || $0.isNumber || "-_".contains($0) ? $0 : nil })
            })
    }
}
