import Foundation

/// A folder with a folder of images for each class, which may have folders of its own.
///
/// Classes and files come in the order of their names, byte by byte; classes that are all integers in that of the numbers.
/// Hidden files do not count.
struct ImageFolder: ImageListing {
    let path: String
    let classNames: [String]
    private(set) var warnings: [DataWarning] = []
    private var files: [(path: String, className: String)] = []
    private var position = 0

    /// Deeper folders are those of a link into itself.
    private static let largestDepth = 16

    /// - Throws: where there is no such folder, or none of a class in it.
    init(path: String) throws(DatasetError) {
        self.path = path
        var names: [String] = []
        var others: [String] = []
        for name in try Self.names(in: path, expected: "a folder with a folder for each class") {
            if Self.isFolder("\(path)/\(name)") { names.append(name) } else { others.append(name) }
        }
        if names.isEmpty {
            let images = others.count(where: ImageEnding.isOf)
            throw DatasetError(
                .empty, path, expected: "a folder for each class, called like it",
                found: images > 0 ? "none, and \(images) images without a class" : "none",
                remedy: "move the images of a class into a folder of its own, or give a list: {list: FILE}")
        }
        classNames = ImageClasses.sorted(names)
        for name in classNames {
            try Self.forEachFile(in: "\(path)/\(name)") { file in
                if ImageEnding.isOf(file) {
                    files.append((file, name))
                } else {
                    others.append("\(file.dropFirst(path.count + 1))")
                }
            }
        }
        if files.isEmpty {
            throw DatasetError(
                .empty, path, expected: "images in the folders of its classes",
                found: "no file that ends in \(ImageEnding.all.joined(separator: ", "))",
                remedy: "convert the images to JPEG or PNG, or name another folder")
        }
        if !others.isEmpty {
            warnings = [
                DataWarning(
                    .ignoredFiles, path,
                    found: "\(others.count) \(others.count == 1 ? "file" : "files") that end otherwise than "
                        + "\(ImageEnding.all.joined(separator: ", ")) or lie in no class are ignored: "
                        + "\(NameList(others, most: 6))",
                    remedy: "convert what is an image to JPEG or PNG, and remove the others")
            ]
        }
    }

    mutating func next() -> ListedImage? {
        guard position < files.count else { return nil }
        defer { position += 1 }
        return ListedImage(name: files[position].path, className: files[position].className)
    }

    /// Calls `body` with the path of every file of a folder and of those in it, in order.
    static func forEachFile(
        in folder: String, depth: Int = 1, _ body: (String) -> Void
    ) throws(DatasetError) {
        for name in try names(in: folder, expected: "a folder of images") {
            let path = "\(folder)/\(name)"
            guard isFolder(path) else {
                body(path)
                continue
            }
            guard depth < largestDepth else {
                throw DatasetError(
                    .unreadable, path, expected: "folders at most \(largestDepth) deep",
                    found: "deeper ones", remedy: "remove a link that leads back to its own folder")
            }
            try forEachFile(in: path, depth: depth + 1, body)
        }
    }

    /// Names in a folder but hidden ones, in order.
    private static func names(in folder: String, expected: String) throws(DatasetError) -> [String] {
        if !isFolder(folder) {
            let isThere = FileManager.default.fileExists(atPath: folder)
            throw DatasetError(
                isThere ? .unreadable : .missing, folder, expected: expected, found: isThere ? "a file" : "none",
                remedy: "check the name, and the data root given by --data DIR or ENTRAIN_DATA")
        }
        do {
            return ImageClasses.inOrder(
                try FileManager.default.contentsOfDirectory(atPath: folder).filter { !$0.hasPrefix(".") })
        } catch {
            throw DatasetError(
                .unreadable, folder, expected: expected, found: "one that the system does not list",
                remedy: "check its permissions")
        }
    }

    static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }
}
