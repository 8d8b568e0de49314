// What the server has to know of an HTML document that it serves: where its head begins, and which
// inline scripts a browser will run.
//
// Follows the tokenizer of the HTML standard (13.2.5) as far as it decides what is a tag: comments,
// attribute values, raw text (title, style, ...), escaped script text. What stands in a <template>
// is not run. Documents are read as UTF-8, as they are served.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis::bff {

struct HtmlFacts {
  /// Behind "<head ...>"; in a document that leaves that tag out, behind its doctype, where the
  /// parser opens the head by itself.
  std::size_t head_at = 0;
  /// "sha256-BASE64" of every inline script that runs (classic, module, import map, speculation
  /// rules), as CSP hashes it: over the text that the parser makes of it, where every line break is
  /// LF (13.2.3.5) and NUL is U+FFFD. Each once, in order.
  std::vector<std::string> script_hashes;
};

[[nodiscard]] HtmlFacts scan_html(std::string_view html);

/// The text that the parser makes of a script's bytes.
[[nodiscard]] std::string script_text(std::string_view bytes);

}  // namespace portcullis::bff
