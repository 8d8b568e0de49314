// JSON that two readers cannot read in two ways, and that costs its reader no more than its size:
// for every text that a client sends.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "portcullis/codes.hpp"

namespace portcullis::bff {

/// kAllowed and `out`; else kJsonTooLarge, kJsonTooDeep, kJsonTooManyKeys (limits::kMaxJsonKeys in
/// one object), kJsonDuplicateKey (RFC 8259 section 4: the first reader takes the one, the second
/// the other) or kJsonSyntax. `detail`, where given, says in one sentence what is wrong and where,
/// by JSON pointer. Does not throw. O(n log k) for objects of k keys, whatever their names are.
Code parse_strict_json(std::string_view text, std::size_t max_bytes, std::size_t max_depth,
                       nlohmann::json& out, std::string* detail = nullptr);

}  // namespace portcullis::bff
