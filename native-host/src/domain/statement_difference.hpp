// In what two statements of a manifest (portcullis::signing_statement) differ, for a person: which
// keys, with the value on either side.
//
// Nothing is judged here: a statement that is not the one that was signed is no statement.
// Pure. Never throws.
#pragma once

#include <string>
#include <string_view>

namespace portcullis::bff {

/// A sentence's end: `"/displayName" is "Greeter" in what was signed, and absent here`. The first
/// few differences; "" when there is none, or `signed_text` is no statement.
[[nodiscard]] std::string statement_difference(std::string_view signed_text, std::string_view here);

}  // namespace portcullis::bff
