/// What loaded data are besides their samples, and where these lie in one run of bytes: enough to present the same data in
/// another process that has the bytes, or a copy of them.
package struct DataContents: Codable, Sendable, Equatable {
    /// Bytes of the run, whose blocks start on cache lines.
    package private(set) var byteCount = 0
    private var sets: [Stored] = []
    private var train: View
    private var test: View
    private var validation: View?
    private var standardization: Standardization?
    private var columns: TableColumns?
    private var encoding: TableEncoding?
    private var missing: [Int]
    private var split: SplitRows?
    private var evaluated: EvaluatedRows?
    private var warnings: [DataWarning] = []
    private var notes: [String] = []

    private struct Stored: Codable, Equatable {
        var form: StoredForm
        var features: Range<Int>
        var labels: Range<Int>
        /// Where the features lie instead.
        var file: MappedFile.Place?
        /// Bytes that they are of memory which ranks share already.
        var placed: Range<Int>?
    }

    /// Some samples of a set.
    private struct View: Codable, Equatable {
        /// Place in `sets`.
        var set: Int
        var samples: Range<Int>
        /// Where 32-bit indices lie that select the samples instead.
        var indices: Range<Int>?
    }

    fileprivate struct Block {
        var place: Range<Int>
        var storage: ByteStorage
    }

    /// Blocks one after another.
    private struct Layout {
        var byteCount = 0
        var blocks: [Block] = []

        mutating func add(_ storage: ByteStorage) -> Range<Int> {
            let place = byteCount..<byteCount + storage.bytes.count
            blocks.append(Block(place: place, storage: storage))
            byteCount = (place.upperBound + 63) / 64 * 64
            return place
        }
    }

    /// - Parameters:
    ///   - copiesFiles: false to leave samples in the files that they are mapped from.
    ///   - shared: memory that ranks share already, where samples in it stay.
    /// - Returns: nil for data that do not lie in memory but are computed.
    fileprivate static func lay(
        _ data: LoadedData, copiesFiles: Bool, shared: UnsafeRawBufferPointer?
    ) -> (contents: DataContents, blocks: [Block])? {
        var layout = Layout()
        var sets: [(features: ByteStorage, stored: Stored)] = []
        func view(_ dataset: any Dataset) -> View? {
            let subset = dataset as? Subset
            guard let stored = (subset?.base ?? dataset) as? any StoredDataset else { return nil }
            let blocks = stored.blocks
            let place = sets.firstIndex { $0.features === blocks.features } ?? sets.count
            if place == sets.count {
                let file = copiesFiles ? nil : blocks.features.file?.place
                let placed = shared.flatMap { blocks.features.place(in: $0) }
                let features = file == nil && placed == nil ? layout.add(blocks.features) : 0..<0
                let labels = layout.add(blocks.labels)
                let stored = Stored(
                    form: stored.form, features: features, labels: labels, file: file, placed: placed)
                sets.append((blocks.features, stored))
            }
            switch subset?.selection ?? .range(0..<stored.count) {
            case .range(let range): return View(set: place, samples: range)
            case .indices(let indices):
                return View(
                    set: place, samples: 0..<indices.count, indices: layout.add(ByteStorage(copying: indices)))
            }
        }
        guard let train = view(data.train), let test = view(data.test) else { return nil }
        let validation = data.validation.flatMap(view)
        let contents = DataContents(
            byteCount: layout.byteCount, sets: sets.map(\.stored), train: train, test: test,
            validation: validation, data)
        return (contents, layout.blocks)
    }

    private init(
        byteCount: Int, sets: [Stored], train: View, test: View, validation: View?, _ data: LoadedData
    ) {
        self.byteCount = byteCount
        self.sets = sets
        self.train = train
        self.test = test
        self.validation = validation
        standardization = data.standardization
        columns = data.columns
        encoding = data.encoding
        missing = data.missing
        split = data.split
        evaluated = data.evaluated
        warnings = data.warnings
        notes = data.notes
    }
}

extension DataContents {
    /// The data in `bytes`, which are of `owner` and which nobody writes as long as the data live, and in mapped files.
    ///
    /// - Parameter shared: the memory that samples were in before, of an owner of its own.
    /// - Throws: where a file cannot be mapped here.
    package func data(
        in bytes: UnsafeRawBufferPointer, of owner: AnyObject,
        and shared: (bytes: UnsafeRawBufferPointer, owner: AnyObject)? = nil
    ) throws(DatasetError) -> LoadedData {
        precondition(bytes.count >= byteCount, "\(bytes.count) bytes for data of \(byteCount)")
        func block(_ place: Range<Int>) -> ByteStorage {
            ByteStorage(UnsafeRawBufferPointer(rebasing: bytes[place]), of: owner)
        }
        var datasets: [any StoredDataset] = []
        for set in sets {
            let file = try set.file.map { (place) throws(DatasetError) in try MappedFile(place) }
            let placed = set.placed.map { place in
                guard let shared else { preconditionFailure("samples in memory that is not given") }
                return ByteStorage(UnsafeRawBufferPointer(rebasing: shared.bytes[place]), of: shared.owner)
            }
            datasets.append(
                set.form.dataset(
                    features: file.map { ByteStorage($0) } ?? placed ?? block(set.features), labels: block(set.labels)))
        }
        func dataset(_ view: View) -> any Dataset {
            let base = datasets[view.set]
            if let indices = view.indices {
                return Subset(base, .indices(Array(block(indices).elements(Int32.self))))
            }
            return view.samples == 0..<base.count ? base : Subset(base, .range(view.samples))
        }
        var data = LoadedData(
            train: dataset(train), test: dataset(test), validation: validation.map(dataset),
            standardization: standardization, columns: columns, warnings: warnings)
        data.encoding = encoding
        data.missing = missing
        data.split = split
        data.evaluated = evaluated
        data.notes = notes
        return data
    }
}

extension LoadedData {
    /// What they are besides their samples; nil for data that are computed when they are asked for.
    package var contents: DataContents? { contents(copyingFiles: false) }

    /// - Parameters:
    ///   - copyingFiles: true to copy samples that lie in mapped files too, for who does not have the files.
    ///   - shared: memory that ranks share already, where samples in it stay.
    package func contents(copyingFiles: Bool, sharing shared: UnsafeRawBufferPointer? = nil) -> DataContents? {
        DataContents.lay(self, copiesFiles: copyingFiles, shared: shared)?.contents
    }

    /// Writes the samples where ``contents(copyingFiles:sharing:)`` says they lie; `destination` starts on a cache line.
    package func copySamples(
        to destination: UnsafeMutableRawBufferPointer, copyingFiles: Bool = false,
        sharing shared: UnsafeRawBufferPointer? = nil
    ) {
        guard let (contents, blocks) = DataContents.lay(self, copiesFiles: copyingFiles, shared: shared) else { return }
        precondition(
            destination.count >= contents.byteCount, "\(destination.count) bytes for data of \(contents.byteCount)")
        defer { withExtendedLifetime(blocks) {} }
        for block in blocks {
            UnsafeMutableRawBufferPointer(rebasing: destination[block.place]).copyMemory(from: block.storage.bytes)
        }
    }

    /// Bytes of memory that the samples lie in, or what they are computed from; those in mapped files do not count.
    public var byteCount: Int {
        contents?.byteCount ?? (train as? SyntheticDataset)?.byteCount ?? 0
    }
}

extension ByteStorage {
    /// Bytes that these are of others; nil for memory of its own.
    fileprivate func place(in other: UnsafeRawBufferPointer) -> Range<Int>? {
        guard let start = bytes.baseAddress, let first = other.baseAddress, start >= first,
            start + bytes.count <= first + other.count
        else { return nil }
        return start - first..<start - first + bytes.count
    }
}
