/// The candidate that `text` is most likely a slip of: at most a third of its letters away, and at least one may be wrong.
func nearest(to text: String, among candidates: some Sequence<String>) -> String? {
  let typed = Array(text.lowercased().utf8.prefix(Limits.nameBytes))
  var best: (distance: Int, candidate: String)?
  for candidate in candidates {
    let letters = Array(candidate.lowercased().utf8.prefix(Limits.nameBytes))
    let most = max(1, min(typed.count, letters.count) / 3)
    guard abs(typed.count - letters.count) <= most else { continue }
    let distance = editDistance(typed, letters)
    guard distance <= most, distance < best?.distance ?? .max else { continue }
    best = (distance, candidate)
  }
  return best?.candidate
}

/// How many letters were added, left out, changed, or swapped with their neighbour (optimal string alignment).
func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
  var beforePrevious = [Int](repeating: 0, count: right.count + 1)
  var previous = Array(0...right.count)
  for i in left.indices {
    var current = [i + 1]
    current.reserveCapacity(right.count + 1)
    for j in right.indices {
      var cost = min(previous[j + 1] + 1, current[j] + 1, previous[j] + (left[i] == right[j] ? 0 : 1))
      if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] { cost = min(cost, beforePrevious[j - 1] + 1) }
      current.append(cost)
    }
    (beforePrevious, previous) = (previous, current)
  }
  return previous[right.count]
}
