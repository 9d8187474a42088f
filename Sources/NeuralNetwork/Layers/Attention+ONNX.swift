extension Attention {
    public func exported(
        _ place: LayerPlace, input: String, to graph: inout ONNXGraph
    ) throws(SpecificationError) -> String {
        let tensors = try graph.parameters(of: self, at: place)
        let positions = place.input[0]
        let features = features ?? place.input[1]
        let size = features / heads
        func constant(_ name: String, _ values: [Int]) -> String { graph.constant("\(place.path).\(name)", values) }
        let projected = graph.linear(input, weight: tensors[0], bias: bias ? tensors[1] : nil, at: place)
        // [N, L, 3, heads, d], then [3, N, heads, L, d]; 0 keeps a dimension.
        let parts = graph.add("Reshape", [projected, constant("parts", [0, 0, 3, heads, size])], at: place)
        let turned = graph.add("Transpose", [parts], [("perm", .integers([2, 0, 3, 1, 4]))], at: place)
        let axis = constant("part axis", [0])
        var (queries, keys, values) = ("", "", "")
        for part in 0..<3 {
            let one = graph.add("Gather", [turned, constant("part \(part)", [part])], at: place)
            let matrix = graph.add("Squeeze", [one, axis], at: place)
            if part == 0 { queries = matrix } else if part == 1 { keys = matrix } else { values = matrix }
        }
        if rotary {
            let tables = rotationTables(positions, size, place, &graph)
            queries = graph.rotated(queries, tables, at: place)
            keys = graph.rotated(keys, tables, at: place)
        }
        let columns = graph.add("Transpose", [keys], [("perm", .integers([0, 1, 3, 2]))], at: place)
        let scale = graph.constant("\(place.path).scale", [1 / Float(size).squareRoot()])
        var scores = graph.add("Mul", [graph.add("MatMul", [queries, columns], at: place), scale], at: place)
        if causal {
            let later = (0..<positions).flatMap { query in (0..<positions).map { $0 > query ? Float(-1e30) : 0 } }
            scores = graph.add(
                "Add", [scores, graph.constant("\(place.path).later", later, shape: [positions, positions])], at: place)
        }
        var seen: String?
        if let mask = graph.mask(of: input) {
            let keys = graph.add("Unsqueeze", [mask, constant("mask axes", [1, 2])], at: place)
            scores = graph.masked(scores, keys, at: place)
            seen = causal ? graph.add("Mul", [keys, earlier(positions, place, &graph)], at: place) : keys
        }
        var weights = graph.add("Softmax", [scores], [("axis", .integer(3))], at: place)
        // Scores of a query that sees padding alone are alike.
        if let seen { weights = graph.add("Mul", [weights, seen], at: place) }
        let found = graph.add("MatMul", [weights, values], at: place)
        let rows = graph.add("Transpose", [found], [("perm", .integers([0, 2, 1, 3]))], at: place)
        let together = graph.add("Reshape", [rows, constant("rows", [0, 0, features])], at: place)
        return graph.linear(
            together, weight: tensors[bias ? 2 : 1], bias: bias ? tensors[3] : nil, at: place)
    }

    /// `[L, L]`: 1 where the key is not behind the query.
    private func earlier(_ positions: Int, _ place: LayerPlace, _ graph: inout ONNXGraph) -> String {
        let values = (0..<positions).flatMap { query in (0..<positions).map { $0 > query ? Float(0) : 1 } }
        return graph.constant("\(place.path).earlier", values, shape: [positions, positions])
    }

    /// Cosines and sines `[L, d]`, each pair's twice, and the matrix that makes (−y, x) of (x, y).
    private func rotationTables(
        _ positions: Int, _ size: Int, _ place: LayerPlace, _ graph: inout ONNXGraph
    ) -> ONNXGraph.RotationTables {
        let rotation = Self.rotation(positions: positions, headSize: size)
        func table(_ name: String, _ offset: Int) -> String {
            let values = rotation.indices.map { rotation[$0 / 2 * 2 + offset] }
            return graph.constant("\(place.path).\(name)", values, shape: [positions, size])
        }
        var quarter = [Float](repeating: 0, count: size * size)
        for feature in stride(from: 0, to: size, by: 2) {
            quarter[(feature + 1) * size + feature] = -1
            quarter[feature * size + feature + 1] = 1
        }
        return ONNXGraph.RotationTables(
            cosines: table("cosines", 0), sines: table("sines", 1),
            quarter: graph.constant("\(place.path).quarter turn", quarter, shape: [size, size]))
    }
}

extension ONNXGraph {
    /// Names of what turns queries and keys.
    fileprivate struct RotationTables {
        let cosines, sines, quarter: String
    }

    fileprivate mutating func rotated(_ value: String, _ tables: RotationTables, at place: LayerPlace) -> String {
        let across = add("MatMul", [value, tables.quarter], at: place)
        return add(
            "Add",
            [add("Mul", [value, tables.cosines], at: place), add("Mul", [across, tables.sines], at: place)], at: place)
    }
}
