import { answerFaults } from "./answers.ts";
import { testSequences } from "./sequence.ts";

testSequences("faults inside an answer", answerFaults);
