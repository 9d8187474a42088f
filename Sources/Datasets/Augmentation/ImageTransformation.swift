/// What is done to one image [C, H, W], the same in all channels: it is shifted, then mirrored, then a rectangle is erased.
public struct ImageTransformation: Sendable, Equatable {
    /// Row y of the result is row y + `rowShift` of the image, or black.
    public var rowShift: Int32 = 0
    /// Column x of the result is column x + `columnShift` of the image, or black.
    public var columnShift: Int32 = 0
    /// Whether what was shifted is mirrored, left to right.
    public var isMirrored = false
    /// Rows of the result that become 0 in ``erasedColumns``; within the image.
    public var erasedRows: Range<Int32> = 0..<0
    /// Columns of the result that become 0 in ``erasedRows``; within the image.
    public var erasedColumns: Range<Int32> = 0..<0

    /// Leaves the image as it is.
    public init() {}
}

/// An image made of rows of one size; where the rows of a shifted one come from.
struct ImageRows {
    let height: Int
    let width: Int

    /// The columns of a shifted image that are columns of the original one, before it is mirrored.
    func visibleColumns(_ transformation: ImageTransformation) -> Range<Int> {
        let shift = Int(transformation.columnShift)
        let start = min(max(-shift, 0), width)
        return start..<max(min(width - shift, width), start)
    }

    /// The row of the original image that row `row` of the shifted one is; nil where it is black.
    func source(ofRow row: Int, _ transformation: ImageTransformation) -> Int? {
        let source = row + Int(transformation.rowShift)
        return source >= 0 && source < height ? source : nil
    }

    /// Fills the erased rectangle of one channel, [H, W], with 0.
    func erase(_ channel: UnsafeMutablePointer<Float>, _ transformation: ImageTransformation) {
        let columns = transformation.erasedColumns
        guard !columns.isEmpty else { return }
        for row in transformation.erasedRows {
            channel.advanced(by: Int(row) * width + Int(columns.lowerBound))
                .update(repeating: 0, count: columns.count)
        }
    }

    /// Transforms one channel, [H, W], in its place.
    func transform(
        _ channel: UnsafeMutablePointer<Float>, _ transformation: ImageTransformation, black: Float
    ) {
        let visible = visibleColumns(transformation)
        let shift = Int(transformation.columnShift)
        for step in 0..<height {
            // No row is overwritten before it has been moved.
            let row = transformation.rowShift >= 0 ? step : height - 1 - step
            let destination = channel.advanced(by: row * width)
            guard let source = source(ofRow: row, transformation) else {
                destination.update(repeating: black, count: width)
                continue
            }
            if source != row || shift != 0 {
                destination.advanced(by: visible.lowerBound)
                    .update(
                        from: channel.advanced(by: source * width + visible.lowerBound + shift), count: visible.count)
                destination.update(repeating: black, count: visible.lowerBound)
                destination.advanced(by: visible.upperBound)
                    .update(repeating: black, count: width - visible.upperBound)
            }
            if transformation.isMirrored {
                var pixels = UnsafeMutableBufferPointer(start: destination, count: width)
                pixels.reverse()
            }
        }
        erase(channel, transformation)
    }
}
