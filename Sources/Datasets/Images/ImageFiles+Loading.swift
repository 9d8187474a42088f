extension ImageFiles {
    /// Lists the images, without a look into them.
    ///
    /// - Parameters:
    ///   - root: the directory that relative paths start from; nil where none was given.
    ///   - copies: of the samples that a machine would hold in memory.
    package func plan(root: String?, _ options: LoadOptions, copies: Int = 1) throws(DatasetError) -> ImagePlan {
        do throws(DatasetError) {
            return try plan(from: DataRoot(directory: root), options, copies: copies)
        } catch {
            throw options.meaning == nil ? error : error.ofClassesOfWeights
        }
    }

    func plan(from root: DataRoot, _ options: LoadOptions, copies: Int = 1) throws(DatasetError) -> ImagePlan {
        let known = options.meaning?.classNames
        let all = try Self.list(train.open(from: root), of: known)
        var listings = [all]
        var isSplit = false
        switch test {
        case .source(let source) where source == train: break
        case .source(let source):
            listings.append(try Self.list(source.open(from: root), of: known ?? all.set.classNames))
        case .fraction: isSplit = true
        }
        return try ImagePlan(
            listings, form, copies: copies,
            isMeasured: isSplit || form.corrupt == .skip || options.standardization == .fromTraining)
    }

    /// - Parameter known: classes that images have to be of; nil for those that the source has.
    static func list(
        _ listing: some ImageListing, of known: [String]?
    ) throws(DatasetError) -> (set: ImagePlan.ListedSet, images: [ListedImage], archives: [ImageArchive]) {
        var listing = listing
        var classes = ImageClasses(known ?? listing.classNames, isClosed: known != nil)
        var labels: [Int32] = []
        var images: [ListedImage] = []
        while let image = try listing.next() {
            labels.append(try classes.label(of: image))
            images.append(image)
        }
        let (names, places) = classes.sorted()
        let set = ImagePlan.ListedSet(
            path: listing.path, labels: labels.map { places[Int($0)] }, classNames: names, warnings: listing.warnings)
        return (set, images, listing.archives)
    }

    /// The data that this rank alone makes of images that were listed.
    func load(_ plan: ImagePlan, _ options: LoadOptions) throws(DatasetError) -> LoadedData {
        try load(plan.decoded(), plan, options)
    }

    /// The data that the ranks of a node make of images together.
    ///
    /// - Parameters:
    ///   - report: of all images, in the order of the ranks; nil where they were not looked at.
    ///   - pixels: all samples where they are in memory; of `owner`.
    package func load(
        _ plan: ImagePlan, _ report: ImageReport?, _ pixels: UnsafeMutableRawBufferPointer?, of owner: AnyObject?,
        _ options: LoadOptions
    ) throws(DatasetError) -> LoadedData {
        do throws(DatasetError) {
            return try load(plan.imageSets(report, pixels, of: owner), plan, options).holdingOut(options)
        } catch {
            throw options.meaning == nil ? error : error.ofClassesOfWeights
        }
    }

    private func load(
        _ sets: [ImageSet], _ plan: ImagePlan, _ options: LoadOptions
    ) throws(DatasetError) -> LoadedData {
        let all = sets[0]
        let samples = all.samples
        var parts: DataParts<ByteDataset>
        if case .fraction(let fraction) = test {
            if let meaning = options.meaning {
                parts = try CSVFiles.Test.fraction(fraction).evaluated(
                    samples, train.paths[0], seed: options.seed, keptWithWeights: meaning.split)
            } else {
                let (rest, held) = try samples.holdingOut(
                    fraction, of: .range(0..<samples.count), seed: options.seed)
                parts = DataParts(samples, train: rest, test: held)
                parts.split = SplitRows(samples, trainingRows: nil)
            }
            parts.notes = [all.note("all")]
        } else if sets.count == 1 {
            parts = DataParts(samples, train: .range(0..<samples.count), test: .range(0..<samples.count))
            parts.notes = [all.note("test")]
        } else {
            parts = DataParts(train: samples, test: sets[1].samples, warnings: sets[1].warnings)
            parts.notes = [all.note("training"), sets[1].note("test")]
        }
        parts.notes.insert(plan.note, at: 0)
        parts.warnings += all.warnings
        return try options.prepare(parts)
    }
}
