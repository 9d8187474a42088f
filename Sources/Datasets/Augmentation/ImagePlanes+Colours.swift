// Operations on images whose values are in 0 ... 1, of one channel or of red, green and blue; they keep them there. The
// numbers are those of torchvision's functions of the same names for images of floats.

extension ImagePlanes {
    /// Luminance of a pixel (ITU-R BT.601).
    @inline(__always)
    private func luminance(_ place: Int) -> Float {
        guard channels == 3 else { return pixels[place] }
        return 0.2989 * pixels[place] + 0.587 * pixels[planeCount + place] + 0.114 * pixels[2 * planeCount + place]
    }

    @inline(__always)
    private func forEachPixel(_ body: (Float) -> Float) {
        for place in 0..<count { pixels[place] = body(pixels[place]) }
    }

    package func changeBrightness(_ factor: Float) { forEachPixel { inUnit($0 * factor) } }

    package func changeContrast(_ factor: Float) {
        var sum = 0.0
        for place in 0..<planeCount { sum += Double(luminance(place)) }
        let mean = Float(sum / Double(planeCount))
        forEachPixel { inUnit(factor * $0 + (1 - factor) * mean) }
    }

    package func changeSaturation(_ factor: Float) {
        guard channels == 3 else { return }
        for place in 0..<planeCount {
            let grey = luminance(place)
            for channel in 0..<3 {
                let at = channel * planeCount + place
                pixels[at] = inUnit(factor * pixels[at] + (1 - factor) * grey)
            }
        }
    }

    /// Shifts the hue of the model HSV by a part of the whole circle, −0.5 ... 0.5.
    package func shiftHue(_ turns: Float) {
        guard channels == 3 else { return }
        for place in 0..<planeCount {
            let (red, green, blue) = (
                pixels[place], pixels[planeCount + place], pixels[2 * planeCount + place]
            )
            let (value, least) = (max(red, green, blue), min(red, green, blue))
            let chroma = value - least
            guard chroma > 0 else { continue }
            var hue: Float
            if value == red {
                hue = (green - blue) / chroma
            } else if value == green {
                hue = 2 + (blue - red) / chroma
            } else {
                hue = 4 + (red - green) / chroma
            }
            hue = (hue / 6 + turns).truncatingRemainder(dividingBy: 1)
            if hue < 0 { hue += 1 }
            for (channel, start) in [Float(5), 3, 1].enumerated() {
                // A. R. Smith's model, in the form without cases.
                let k = (start + hue * 6).truncatingRemainder(dividingBy: 6)
                pixels[channel * planeCount + place] = inUnit(value - chroma * max(0, min(k, 4 - k, 1)))
            }
        }
    }

    /// Goes from the image smoothed by [[1, 1, 1], [1, 5, 1], [1, 1, 1]] / 13 at 0 over itself at 1 to a sharper one; its
    /// outermost pixels stay.
    package func changeSharpness(_ factor: Float) {
        guard height > 2, width > 2 else { return }
        spare.update(from: pixels, count: count)
        for channel in 0..<channels {
            let plane = spare + channel * planeCount
            for row in 1..<height - 1 {
                for column in 1..<width - 1 {
                    let place = row * width + column
                    var sum = 4 * plane[place]
                    for above in [place - width, place, place + width] {
                        sum += plane[above - 1] + plane[above] + plane[above + 1]
                    }
                    pixels[channel * planeCount + place] = inUnit(factor * plane[place] + (1 - factor) * sum / 13)
                }
            }
        }
    }

    /// Leaves 2 to the power of `bits` values.
    func posterize(bits: Int) {
        let levels = Float(1 << bits)
        forEachPixel { max(0, min(($0 * levels).rounded(.down), levels - 1)) / levels }
    }

    /// Inverts values from `threshold` on.
    func solarize(from threshold: Float) { forEachPixel { $0 >= threshold ? 1 - $0 : $0 } }

    /// Spreads the values of each channel from its least to its largest one over 0 ... 1.
    func stretchContrast() {
        for channel in 0..<channels {
            let plane = UnsafeMutableBufferPointer(start: pixels + channel * planeCount, count: planeCount)
            let (least, largest) = (plane.min()!, plane.max()!)
            guard largest > least else { continue }
            for place in 0..<planeCount { plane[place] = inUnit((plane[place] - least) / (largest - least)) }
        }
    }

    /// Makes all of 256 values of each channel about as frequent.
    func equalize() {
        for channel in 0..<channels {
            let plane = pixels + channel * planeCount
            var counts = InlineArray<256, Int>(repeating: 0)
            for place in 0..<planeCount { counts[byte(plane[place])] += 1 }
            let last = (0..<256).last { counts[$0] > 0 }!
            let step = (planeCount - counts[last]) / 255
            var table = InlineArray<256, Float>(repeating: 0)
            var sum = 0
            for value in 0..<256 {
                table[value] = step == 0 ? Float(value) / 255 : Float(min((sum + step / 2) / step, 255)) / 255
                sum += counts[value]
            }
            for place in 0..<planeCount { plane[place] = table[byte(plane[place])] }
        }
    }

    /// The byte of a value: 256 parts of equal size.
    private func byte(_ value: Float) -> Int { Int(max(0, min(value * 255.999, 255))) }

    @inline(__always)
    private func inUnit(_ value: Float) -> Float { max(0, min(value, 1)) }
}
