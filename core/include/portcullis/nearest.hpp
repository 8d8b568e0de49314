// nearest: the known word that a misspelt one most resembles, for "did you mean" hints in manifests
// and configuration.
//
// Edits are insertions, deletions, replacements and swaps of neighbours; case is ignored. At most
// two edits, and fewer than half of the known word's length. Words over 32 bytes match nothing.
// O(words), about 1,000 steps each. Never throws.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis {

/// Returns the nearest of `known` (the first of equally near ones); empty if none is near.
[[nodiscard]] std::string_view nearest(std::string_view word,
                                       std::initializer_list<std::string_view> known) noexcept;
/// Overload for a vector.
[[nodiscard]] std::string_view nearest(std::string_view word,
                                       const std::vector<std::string>& known) noexcept;

}  // namespace portcullis
