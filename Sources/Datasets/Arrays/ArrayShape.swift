/// Dimensions of an array as the header of a file says them.
enum ArrayShape {
    /// Elements of an array of at least one sample.
    ///
    /// - Throws: where there is no sample, or the header cannot be true; `remedy` is for the second.
    static func elementCount(_ shape: [Int], _ path: String, remedy: String) throws(DatasetError) -> Int {
        if shape.first == 0 {
            throw DatasetError(
                .empty, path, expected: "at least one sample", found: "none", remedy: "give a file with samples")
        }
        var count = 1
        for size in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            if overflow || size == 0 {
                throw DatasetError(
                    .wrongShape, path, expected: "dimensions of at least 1 and fewer than 2^63 elements",
                    found: IDXFile.shape(shape), remedy: remedy)
            }
            count = product
        }
        return count
    }
}
