// JSON parsing for client input: unambiguous, and at a cost bounded by the input's size.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "portcullis/codes.hpp"

namespace portcullis::bff {

/// Parses `text` into `out`. Returns kAllowed, kJsonTooLarge, kJsonTooDeep, kJsonTooManyKeys
/// (limits::kMaxJsonKeys in one object), kJsonDuplicateKey (RFC 8259, section 4: readers differ on
/// which value counts) or kJsonSyntax. `detail`, if given, gets a sentence with the JSON pointer.
/// Never throws. O(n log k) for objects of k keys, whatever their names.
Code parse_strict_json(std::string_view text, std::size_t max_bytes, std::size_t max_depth,
                       nlohmann::json& out, std::string* detail = nullptr);

}  // namespace portcullis::bff
