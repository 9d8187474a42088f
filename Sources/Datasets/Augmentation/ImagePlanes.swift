#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// An image in 32-bit floats that operations change where it lies, [C, H, W].
package struct ImagePlanes {
    package let pixels: UnsafeMutablePointer<Float>
    /// Room for another such image.
    let spare: UnsafeMutablePointer<Float>
    let channels: Int
    let height: Int
    let width: Int

    package init(
        pixels: UnsafeMutablePointer<Float>, spare: UnsafeMutablePointer<Float>, channels: Int, height: Int, width: Int
    ) {
        self.pixels = pixels
        self.spare = spare
        self.channels = channels
        self.height = height
        self.width = width
    }

    var planeCount: Int { height * width }
    var count: Int { channels * height * width }
}

// MARK: - Places of pixels

/// Where a pixel comes from: x' = xx · x + xy · y + x0 and y' alike, in pixels from the middle of the image.
package struct AffineMap {
    var (xx, xy, x0) = (1.0, 0.0, 0.0)
    var (yx, yy, y0) = (0.0, 1.0, 0.0)

    /// Turns an image by `degrees` about its middle, against the clock.
    package static func rotation(degrees: Double) -> Self {
        let angle = degrees * .pi / 180
        return Self((cos(angle), -sin(angle), 0), (sin(angle), cos(angle), 0))
    }

    /// Shifts rows by `slope` times their distance from the upper edge of an image of `height` rows.
    static func horizontalShear(_ slope: Double, height: Int) -> Self {
        Self((1, slope, slope * Double(height) / 2), (0, 1, 0))
    }

    /// Shifts columns by `slope` times their distance from the left edge of an image of `width` columns.
    static func verticalShear(_ slope: Double, width: Int) -> Self {
        Self((1, 0, 0), (slope, 1, slope * Double(width) / 2))
    }

    static func translation(_ x: Double, _ y: Double) -> Self { Self((1, 0, x), (0, 1, y)) }

    private init(_ x: (Double, Double, Double), _ y: (Double, Double, Double)) {
        (xx, xy, x0) = x
        (yx, yy, y0) = y
    }
}

extension ImagePlanes {
    /// Takes every pixel from where `map` says, by linear interpolation.
    ///
    /// - Parameter outside: the value of a channel outside of the image.
    package func move(_ map: AffineMap, outside: (_ channel: Int) -> Float) {
        spare.update(from: pixels, count: count)
        let (middleX, middleY) = (Double(width - 1) / 2, Double(height - 1) / 2)
        for row in 0..<height {
            for column in 0..<width {
                let (x, y) = (Double(column) - middleX, Double(row) - middleY)
                let sourceX = map.xx * x + map.xy * y + map.x0 + middleX
                let sourceY = map.yx * x + map.yy * y + map.y0 + middleY
                let (left, top) = (sourceX.rounded(.down), sourceY.rounded(.down))
                let (right, below) = (Float(sourceX - left), Float(sourceY - top))
                // Far outside, where all four neighbours are the same, the place itself may be anything.
                let (l, t) = (Int(max(-2, min(left, Double(width)))), Int(max(-2, min(top, Double(height)))))
                for channel in 0..<channels {
                    let plane = spare + channel * planeCount
                    func value(_ row: Int, _ column: Int) -> Float {
                        (0..<height).contains(row) && (0..<width).contains(column)
                            ? plane[row * width + column] : outside(channel)
                    }
                    let upper = value(t, l) * (1 - right) + value(t, l + 1) * right
                    let lower = value(t + 1, l) * (1 - right) + value(t + 1, l + 1) * right
                    pixels[channel * planeCount + row * width + column] = upper * (1 - below) + lower * below
                }
            }
        }
    }

    /// Enlarges a part to the size of the whole by linear interpolation; beyond its outermost pixels these go on.
    package func enlarge(_ part: RandomResizedCrop.Part) {
        spare.update(from: pixels, count: count)
        let (stepX, stepY) = (Float(part.width) / Float(width), Float(part.height) / Float(height))
        for row in 0..<height {
            let y = max((Float(row) + 0.5) * stepY - 0.5, 0)
            let top = min(Int(y), part.height - 1)
            let bottom = min(top + 1, part.height - 1)
            let below = min(y - Float(top), 1)
            for column in 0..<width {
                let x = max((Float(column) + 0.5) * stepX - 0.5, 0)
                let left = min(Int(x), part.width - 1)
                let right = min(left + 1, part.width - 1)
                let beside = min(x - Float(left), 1)
                for channel in 0..<channels {
                    let plane = spare + (channel * planeCount + part.top * width + part.left)
                    let upper = plane[top * width + left] * (1 - beside) + plane[top * width + right] * beside
                    let lower = plane[bottom * width + left] * (1 - beside) + plane[bottom * width + right] * beside
                    pixels[channel * planeCount + row * width + column] = upper * (1 - below) + lower * below
                }
            }
        }
    }
}
