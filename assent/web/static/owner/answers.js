// The list of answers: it was made by the server; a question of it opens from close by.

import { watchQuestions } from "./closer.js";
import { ready } from "../ready.js";
import { tellTimes } from "../local.js";

watchQuestions();
tellTimes();
ready();
