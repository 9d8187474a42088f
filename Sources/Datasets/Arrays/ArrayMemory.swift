import Settings

/// Where the samples of an array lie while they are trained on.
public enum ArrayMemory: String, CaseIterable, SettingValue {
    /// In memory, or in their file where they would take more than half of the memory that there is while they are read.
    case auto
    /// In memory, one copy a node.
    case read
    /// In their file, which every rank maps.
    case map

    /// - Parameters:
    ///   - byteCount: of the samples in memory, of which there are two copies while they are read.
    ///   - memory: of the machine; nil where it is not known.
    package func maps(_ byteCount: Int, memory: Int? = MachineMemory.byteCount) -> Bool {
        switch self {
        case .auto: memory.map { byteCount > $0 / 4 } ?? false
        case .read: false
        case .map: true
        }
    }
}

extension LoadOptions {
    /// The data of two parts, read into memory or left in their files.
    func load(
        train: NPYPart, test: NPYPart, _ names: [String]?, memory: ArrayMemory, targets: RealTargets?
    ) throws(DatasetError) -> LoadedData {
        func prepare<Samples: StandardizableSamples>(
            _ train: Samples, _ test: Samples, _ warnings: [DataWarning], _ notes: [String] = []
        )
            throws(DatasetError) -> LoadedData
        {
            var parts = DataParts(train: train, test: test, warnings: warnings)
            parts.targets = targets
            parts.notes = notes
            return try self.prepare(parts)
        }
        if memory.maps(train.byteCount + test.byteCount) {
            if let trainFile = try train.mapped(), let testFile = try test.mapped() {
                let notes = [trainFile, testFile].map {
                    "\($0.place.path): \($0.place.count >> 20) MiB stay in the file, and samples are read from it when they are "
                        + "needed"
                }
                return train.isOfBytes
                    ? try prepare(
                        train.bytes(in: trainFile, names), test.bytes(in: testFile, names), train.warnings, notes)
                    : try prepare(
                        try train.reals(in: trainFile, names), try test.reals(in: testFile, names), train.warnings,
                        notes)
            }
            if memory == .map {
                throw DatasetError(
                    .invalidOption, train.path,
                    expected:
                        "arrays that can stay in their files (data.memory: map): one file each of numpy.save, neither "
                        + "compressed nor with the channels last",
                    found: "another one, in the training or the test set",
                    remedy: "save them so, or set data.memory to read")
            }
        }
        return train.isOfBytes
            ? try prepare(try train.readBytes(names), try test.readBytes(names), train.warnings)
            : try prepare(try train.readReals(names), try test.readReals(names), train.warnings)
    }
}
