// Sends the form of the next step where work takes longer than one request.
"use strict";
document.querySelector("form[data-goes-on]")?.requestSubmit();
