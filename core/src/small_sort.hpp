// Sorting with little code, for short lists or lists sorted once.
#pragma once

#include <algorithm>

namespace portcullis {

/// Like std::sort, as a heap sort: in place, always O(n log n), about half as fast, and a fifth of
/// the code per sorted type.
template <typename Iterator, typename Less>
void small_sort(Iterator first, Iterator last, Less less) {
  std::make_heap(first, last, less);
  std::sort_heap(first, last, less);
}

}  // namespace portcullis
