import { connectionFaults } from "./connection.ts";
import { testSequences } from "./sequence.ts";

testSequences("faults of the connection, and refusals", connectionFaults);
