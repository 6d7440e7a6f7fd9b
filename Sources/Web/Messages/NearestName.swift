/// The known name that somebody most likely meant: at most two slips away, or a third of what they wrote. Nil when none is near.
func nearest(to name: String, in known: [String]) -> String? {
  guard name.utf8.count <= Limits.name else { return nil }
  let allowed = max(2, name.count / 3)
  let ranked = known.map { (name: $0, distance: slips(from: name.lowercased(), to: $0)) }
  return ranked.filter { $0.distance <= allowed }.min { $0.distance < $1.distance }?.name
}

/// Letters put in, left out or changed (Levenshtein's distance).
private func slips(from written: String, to meant: String) -> Int {
  let meant = Array(meant)
  var row = Array(0...meant.count)
  for (index, letter) in written.enumerated() {
    var next = [index + 1]
    next.reserveCapacity(row.count)
    for column in meant.indices {
      next.append(min(row[column + 1] + 1, next[column] + 1, row[column] + (meant[column] == letter ? 0 : 1)))
    }
    row = next
  }
  return row[meant.count]
}
