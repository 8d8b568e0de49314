// Which files of a built page have a hash of their content in their name, and so never change: as
// the build itself says. Names alone do not tell: "app-settings.json" and "index-uzVmdSAR.js" look
// the same.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace portcullis::bff {

/// Where Vite writes it (`build.manifest: true`, which portcullis/vite sets), below the page's
/// folder. It is read, and not served.
inline constexpr std::string_view kBuildList = ".vite/manifest.json";

/// The files that a Vite manifest lists under another name than their own: "assets/NAME-HASH.EXT"
/// where the chunk or the source is NAME, and HASH has 8 characters or more. Relative to the page's
/// folder. Empty when the text is no such manifest.
[[nodiscard]] std::set<std::string, std::less<>> hashed_files(std::string_view manifest);

}  // namespace portcullis::bff
