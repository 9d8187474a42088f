extension NPYElement {
    /// - Parameter elements: whole ones, of this type.
    func appendFloats(_ elements: UnsafeRawBufferPointer, to values: inout [Float]) {
        switch (kind, size) {
        case (.signed, 1): append(elements, Int8.self, to: &values) { Float($0) }
        case (.signed, 2): append(elements, Int16.self, to: &values) { Float($0) }
        case (.signed, 4): append(elements, Int32.self, to: &values) { Float($0) }
        case (.signed, _): append(elements, Int64.self, to: &values) { Float($0) }
        case (.unsigned, 1): append(elements, UInt8.self, to: &values) { Float($0) }
        case (.unsigned, 2): append(elements, UInt16.self, to: &values) { Float($0) }
        case (.unsigned, 4): append(elements, UInt32.self, to: &values) { Float($0) }
        case (.unsigned, _): append(elements, UInt64.self, to: &values) { Float($0) }
        case (.float, 2): append(elements, UInt16.self, to: &values) { Float(halfBits: $0) }
        case (.float, 4): append(elements, UInt32.self, to: &values) { Float(bitPattern: $0) }
        case (.float, _): append(elements, UInt64.self, to: &values) { Float(Double(bitPattern: $0)) }
        }
    }

    /// Of integers; −1 for those above 2⁶³ − 1.
    func appendIntegers(_ elements: UnsafeRawBufferPointer, to values: inout [Int]) {
        precondition(kind != .float, "integers of floats")
        switch (kind, size) {
        case (.signed, 1): append(elements, Int8.self, to: &values) { Int($0) }
        case (.signed, 2): append(elements, Int16.self, to: &values) { Int($0) }
        case (.signed, 4): append(elements, Int32.self, to: &values) { Int($0) }
        case (.signed, _): append(elements, Int64.self, to: &values) { Int($0) }
        case (_, 1): append(elements, UInt8.self, to: &values) { Int($0) }
        case (_, 2): append(elements, UInt16.self, to: &values) { Int($0) }
        case (_, 4): append(elements, UInt32.self, to: &values) { Int($0) }
        case (_, _): append(elements, UInt64.self, to: &values) { Int(exactly: $0) ?? -1 }
        }
    }

    @inline(__always)
    private func append<Stored: FixedWidthInteger, Value>(
        _ elements: UnsafeRawBufferPointer, _: Stored.Type, to values: inout [Value], _ convert: (Stored) -> Value
    ) {
        for place in stride(from: 0, to: elements.count, by: MemoryLayout<Stored>.size) {
            let stored = elements.loadUnaligned(fromByteOffset: place, as: Stored.self)
            values.append(convert(isBigEndian ? Stored(bigEndian: stored) : Stored(littleEndian: stored)))
        }
    }
}

extension Float {
    /// The number of 16 bits whose bits are given (IEEE 754-2008, binary16); exact.
    fileprivate init(halfBits bits: UInt16) {
        let (exponent, fraction) = (Int(bits >> 10 & 0x1F), Float(bits & 0x3FF))
        let magnitude: Float
        switch exponent {
        case 0: magnitude = fraction * 0x1p-24
        case 0x1F: magnitude = fraction == 0 ? .infinity : .nan
        default: magnitude = Float(sign: .plus, exponent: exponent - 25, significand: 1024 + fraction)
        }
        self = bits & 0x8000 == 0 ? magnitude : -magnitude
    }
}
