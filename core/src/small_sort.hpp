// Sorting in little code: what is sorted here is short, or sorted once.
#pragma once

#include <algorithm>

namespace portcullis {

/// As std::sort, by a heap: in place and n log n for every input, about half as fast, and a fifth
/// of the code for each type that is sorted.
template <typename Iterator, typename Less>
void small_sort(Iterator first, Iterator last, Less less) {
  std::make_heap(first, last, less);
  std::sort_heap(first, last, less);
}

}  // namespace portcullis
