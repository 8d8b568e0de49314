// Explains to an operator how two manifest statements (portcullis::signing_statement) differ: the
// keys, with the value on either side.
//
// Diagnosis only: a statement that differs from the signed one is never accepted. Pure. Never
// throws.
#pragma once

#include <string>
#include <string_view>

namespace portcullis::bff {

/// The first few differences as the end of a sentence, e.g. `"/displayName" is "Greeter" in what
/// was signed, and absent here`. Empty if there are none or `signed_text` is not a statement.
[[nodiscard]] std::string statement_difference(std::string_view signed_text, std::string_view here);

}  // namespace portcullis::bff
