extension ByteDataset {
    /// One image, each pixel straight to its place.
    func convert(
        _ source: UnsafePointer<UInt8>, _ transformation: ImageTransformation,
        _ destination: UnsafeMutablePointer<Float>
    ) {
        let rows = ImageRows(height: sampleShape[1], width: sampleShape[2])
        let visible = rows.visibleColumns(transformation)
        for channel in 0..<sampleShape[0] {
            let group = scales.count == 1 ? 0 : channel
            let (scale, offset) = (scales[group], offsets[group])
            let black = black(ofChannel: channel)
            let start = channel * rows.height * rows.width
            for row in 0..<rows.height {
                let target = destination + (start + row * rows.width)
                guard let sourceRow = rows.source(ofRow: row, transformation) else {
                    target.update(repeating: black, count: rows.width)
                    continue
                }
                let first =
                    source + (start + sourceRow * rows.width + visible.lowerBound + Int(transformation.columnShift))
                var left = visible.lowerBound
                if transformation.isMirrored {
                    left = rows.width - visible.upperBound
                    for column in 0..<visible.count {
                        target[left &+ column] = Float(first[visible.count &- 1 &- column]) * scale + offset
                    }
                } else {
                    for column in 0..<visible.count {
                        target[left &+ column] = Float(first[column]) * scale + offset
                    }
                }
                target.update(repeating: black, count: left)
                let right = left + visible.count
                (target + right).update(repeating: black, count: rows.width - right)
            }
            rows.erase(destination + start, transformation)
        }
    }
}
